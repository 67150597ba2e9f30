"""The batches of a training: texts as model inputs, pairs, targets and the task's loss."""
