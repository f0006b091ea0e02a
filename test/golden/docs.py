"""
What the Python blocks of docs/*.md give: the repr of every expression that a comment follows.

    python test/golden/docs.py > test/golden/docs.json
"""

import ast
import json
import pathlib
import re

import torch

torch.set_num_threads(1)
root = pathlib.Path(__file__).parents[2]


def results_of(code):
    scope = {'torch': torch}
    results = {}
    lines = code.split('\n')
    for node in ast.parse(code).body:
        text = ast.get_source_segment(code, node)
        if isinstance(node, ast.Expr) and '  # ' in lines[node.end_lineno - 1]:
            results[node.end_lineno] = repr(eval(text, scope))
        else:
            exec(text, scope)
    return results


blocks = [
    {'code': code, 'results': results_of(code)}
    for page in sorted((root / 'docs').glob('*.md'))
    for code in re.findall(r'^```python\n(.*?)^```$', page.read_text(), re.M | re.S)
]
print(json.dumps({'torch': torch.__version__.split('+')[0], 'seed': 0, 'blocks': blocks}, indent=1))
