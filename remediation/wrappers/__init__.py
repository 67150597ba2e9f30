"""The Keras models that train a classifier as a technique does, and what they share."""
