"""What every other room uses: settings, checks of options, names for people, processes."""
