"""Models written as TensorFlow Serving and TFLite take them."""
