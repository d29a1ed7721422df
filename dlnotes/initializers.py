r"""Starting values of weights: functions of a shape and a generator that return a new array.

Functions: fans, gain; zeros, constant, normal, truncated_normal, uniform; lecun_normal, lecun_uniform,
glorot_normal, glorot_uniform, he_normal, he_uniform; orthogonal, identity; lsuv.  tests: tests/test_initializers.py
"""
