"""Run files: data, training, evaluation and gate from one file, doing only what is not up to date.

`keys` says which keys a run file has, `file` reads and checks one, and `steps` turns it into steps.
`state` keeps what is known of earlier runs, `staleness` uses that to find the steps that have to be
made, and `execution` makes them. Only `evenhand.cli.commands.run` prints.
"""
