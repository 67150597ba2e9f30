"""Run files: data, training, evaluation and gate from one file, doing only what is not up to date.

`keys` says which keys a run file has, `file` reads and checks one, `steps` turns it into steps,
`staleness` says, from what `state` keeps, which of them have to be made, and `execution` makes
them. None of these print: `evenhand.cli.commands.run` does.
"""
