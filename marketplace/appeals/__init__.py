"""Appeals against a released result: the student's words, what-if runs by coordinators, the decision."""
