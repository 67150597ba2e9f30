"""Apache Beam transforms: pairs made of rows, terms looked for in them."""
