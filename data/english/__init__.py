"""What is known of English: pronouns, articles, clauses and the words that tell them."""
