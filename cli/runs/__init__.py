"""Run files: data, training, evaluation and gate from one file, doing only what is not up to date.

`tables` says which keys a run file has, `file` reads and checks one, `steps` turns it into steps,
`staleness` says which of them are to be made, from what `state` keeps, and `execution` makes them.
None of it prints: `evenhand.cli.commands.run` does.
"""
