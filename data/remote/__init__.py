"""Files and folders of stores such as S3, by URL, for everything that reads and writes paths."""
