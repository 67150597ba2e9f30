"""What a report says, in words: what is established, what it cost, what it is not."""
