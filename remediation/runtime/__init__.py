"""TensorFlow as evenhand runs it."""
