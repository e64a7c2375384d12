"""What a change did: causal estimators on a panel of units and times. `examination.examine` is the way in."""
