"""What a training is fed with, batch by batch, and what it takes as true of it."""
