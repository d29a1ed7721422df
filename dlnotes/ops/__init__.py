"""Pure functions f(...) with f_backward(upstream, ...) beside each; no classes, no state."""
