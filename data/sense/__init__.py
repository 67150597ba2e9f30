"""What a sentence says of the people that its terms name, by the words around them."""
