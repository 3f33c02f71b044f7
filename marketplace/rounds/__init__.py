"""Rounds: phases, calendar, who takes part, the lottery's secret, the public log of changes."""
