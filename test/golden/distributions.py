"""Writes distributions.json: every distribution, divergence and transform of torch.distributions.

Run it with the Python that has torch 2.13.0: python test/golden/distributions.py
"""

import gzip
import json
import warnings
from pathlib import Path

import torch
import torch.distributions as D
from torch.distributions import constraints, transforms as T

SEED = 7
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
warnings.simplefilter("ignore")
t = torch.tensor
eye = torch.eye(2)
cov = t([[2.0, 0.5], [0.5, 1.0]])
low = t([[1.2, 0.0], [0.3, 0.8]])


def plain(value):
    """A tensor as shape and numbers; what no double is, as its name."""
    if isinstance(value, torch.Tensor):
        numbers = [x if abs(x) < float("inf") else str(x) for x in value.detach().double().flatten().tolist()]
        return {"shape": list(value.shape), "data": numbers}
    return value


# Class, arguments by name, and a value inside the support.
cases = [
    ("Bernoulli", {"probs": t([0.25, 0.5, 0.9])}, t([1.0, 0.0, 1.0])),
    ("Bernoulli", {"logits": t([-1.0, 0.3])}, t([1.0, 0.0])),
    ("Bernoulli", {"probs": 0.3}, t(1.0)),
    ("Beta", {"concentration1": t([0.7, 2.0]), "concentration0": t([1.5, 3.0])}, t([0.2, 0.6])),
    ("Beta", {"concentration1": 2.0, "concentration0": 3.0}, t(0.4)),
    ("Binomial", {"total_count": 5, "probs": t([0.3, 0.8])}, t([2.0, 5.0])),
    ("Binomial", {"total_count": t([4.0, 4.0]), "logits": t([0.2, -1.0])}, t([0.0, 4.0])),
    ("Categorical", {"probs": t([[1.0, 2.0, 3.0], [4.0, 1.0, 1.0]])}, t([2, 0])),
    ("Categorical", {"logits": t([0.1, -0.4, 2.0])}, t([[0], [2]])[:, 0]),
    ("Cauchy", {"loc": t([0.0, 1.0]), "scale": t([1.0, 0.5])}, t([0.3, -1.0])),
    ("Chi2", {"df": t([1.5, 4.0])}, t([0.7, 3.0])),
    ("ContinuousBernoulli", {"probs": t([0.2, 0.4999, 0.8])}, t([0.3, 0.6, 0.9])),
    ("ContinuousBernoulli", {"logits": t([-1.0, 2.0])}, t([0.3, 0.6])),
    ("Dirichlet", {"concentration": t([[0.5, 1.5, 2.0], [3.0, 1.0, 1.2]])}, t([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])),
    ("Exponential", {"rate": t([0.5, 2.0])}, t([0.3, 1.0])),
    ("FisherSnedecor", {"df1": t([3.0, 5.0]), "df2": t([5.0, 9.0])}, t([0.4, 1.7])),
    ("Gamma", {"concentration": t([0.5, 3.0]), "rate": t([1.0, 2.0])}, t([0.4, 1.7])),
    ("GeneralizedPareto", {"loc": t([0.0, 1.0, 0.0]), "scale": t([1.0, 2.0, 1.0]), "concentration": t([0.2, 0.0, -0.4])}, t([0.4, 1.7, 0.2])),
    ("Geometric", {"probs": t([0.3, 0.7])}, t([2.0, 0.0])),
    ("Geometric", {"logits": t([0.3, -0.7])}, t([2.0, 0.0])),
    ("Gumbel", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, t([0.4, 1.7])),
    ("HalfCauchy", {"scale": t([1.0, 2.0])}, t([0.4, 1.7])),
    ("HalfNormal", {"scale": t([1.0, 2.0])}, t([0.4, 1.7])),
    ("InverseGamma", {"concentration": t([1.5, 3.0]), "rate": t([1.0, 2.0])}, t([0.4, 1.7])),
    ("Kumaraswamy", {"concentration1": t([1.5, 3.0]), "concentration0": t([1.2, 2.0])}, t([0.4, 0.7])),
    ("LKJCholesky", {"dim": 3, "concentration": t([0.5, 2.0])}, None),
    ("Laplace", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, t([0.4, -1.7])),
    ("LogNormal", {"loc": t([0.0, 1.0]), "scale": t([1.0, 0.5])}, t([0.4, 1.7])),
    ("LogisticNormal", {"loc": t([0.0, 1.0]), "scale": t([1.0, 0.5])}, t([0.2, 0.5, 0.3])),
    ("LowRankMultivariateNormal", {"loc": t([0.5, -1.0]), "cov_factor": t([[1.0], [0.5]]), "cov_diag": t([1.0, 2.0])}, t([[0.1, 0.2], [1.0, -1.0]])),
    ("LowRankMultivariateNormal", {"loc": torch.zeros(3, 2), "cov_factor": t([[1.0, 0.0], [0.5, 0.2]]), "cov_diag": t([1.0, 2.0])}, torch.ones(3, 2)),
    ("Multinomial", {"total_count": 4, "probs": t([0.2, 0.3, 0.5])}, t([1.0, 0.0, 3.0])),
    ("Multinomial", {"total_count": 3, "logits": t([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])}, t([[1.0, 1.0, 1.0], [0.0, 3.0, 0.0]])),
    ("MultivariateNormal", {"loc": t([0.5, -1.0]), "covariance_matrix": cov}, t([[0.1, 0.2], [1.0, -1.0]])),
    ("MultivariateNormal", {"loc": torch.zeros(3, 2), "precision_matrix": cov}, torch.ones(3, 2)),
    ("MultivariateNormal", {"loc": torch.zeros(2), "scale_tril": torch.stack([low, eye])}, torch.ones(4, 2, 2)),
    ("NegativeBinomial", {"total_count": t([3.0, 5.0]), "probs": t([0.3, 0.6])}, t([2.0, 0.0])),
    ("NegativeBinomial", {"total_count": 4, "logits": t([0.3, -0.6])}, t([2.0, 7.0])),
    ("Normal", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, t([0.4, -1.7])),
    ("Normal", {"loc": 0.5, "scale": 2.0}, t(1.5)),
    ("OneHotCategorical", {"probs": t([[1.0, 2.0, 3.0], [4.0, 1.0, 1.0]])}, t([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])),
    ("OneHotCategoricalStraightThrough", {"logits": t([0.5, 2.0, 1.0])}, t([0.0, 1.0, 0.0])),
    ("Pareto", {"scale": t([1.0, 0.5]), "alpha": t([3.0, 2.5])}, t([1.4, 1.7])),
    ("Poisson", {"rate": t([1.0, 4.5])}, t([0.0, 3.0])),
    ("RelaxedBernoulli", {"temperature": t(0.6), "probs": t([0.3, 0.8])}, t([0.2, 0.7])),
    ("LogitRelaxedBernoulli", {"temperature": t(0.6), "logits": t([0.3, -0.8])}, t([0.2, -0.7])),
    ("RelaxedOneHotCategorical", {"temperature": t(0.6), "probs": t([0.3, 0.2, 0.5])}, t([0.2, 0.5, 0.3])),
    ("ExpRelaxedCategorical", {"temperature": t(0.6), "logits": t([0.3, -0.8])}, t([-0.2, -0.7])),
    ("StudentT", {"df": t([0.8, 1.5, 4.0]), "loc": t([0.0, 1.0, 2.0]), "scale": t([1.0, 2.0, 0.5])}, t([0.4, -1.7, 2.0])),
    ("Uniform", {"low": t([0.0, -1.0]), "high": t([1.0, 3.0])}, t([0.4, 1.7])),
    ("VonMises", {"loc": t([0.0, 1.0]), "concentration": t([1.0, 6.0])}, t([0.4, -1.7])),
    ("Weibull", {"scale": t([1.0, 2.0]), "concentration": t([1.0, 1.5])}, t([0.4, 1.7])),
    ("Wishart", {"df": t([3.0, 4.5]), "covariance_matrix": cov}, torch.stack([cov, eye])),
    ("Wishart", {"df": 3.5, "scale_tril": low}, cov),
    ("Wishart", {"df": 3.5, "precision_matrix": cov}, cov),
]


def make(name, arguments):
    for module in (D, D.relaxed_bernoulli, D.relaxed_categorical):
        if hasattr(module, name):
            return getattr(module, name)(**arguments)
    raise NameError(name)


def attempt(compute):
    """What it gives, or nothing where PyTorch has none."""
    try:
        return plain(compute())
    except NotImplementedError:
        return None
    except (ValueError, AttributeError, RuntimeError, TypeError) as error:
        return {"error": type(error).__name__}


def gradients(name, arguments):
    """Of a weighted sum of an rsample, with respect to every floating-point parameter."""
    leaves = {
        key: value.clone().requires_grad_()
        for key, value in arguments.items()
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    }
    distribution = make(name, {**arguments, **leaves})
    if not distribution.has_rsample or not leaves:
        return None
    torch.manual_seed(SEED)
    sample = distribution.rsample((3,))
    weights = torch.linspace(0.5, 1.5, sample.numel()).reshape(sample.shape)
    try:
        found = torch.autograd.grad((sample * weights).sum(), list(leaves.values()), allow_unused=True)
    except RuntimeError:  # PyTorch changes a mask in place that a batch of Wisharts still needs.
        return None
    return {key: None if g is None else plain(g) for key, g in zip(leaves, found)}


def record(name, arguments, value):
    distribution = make(name, arguments)
    text = repr(distribution)
    probability = torch.full(distribution.batch_shape + distribution.event_shape, 0.3)
    torch.manual_seed(SEED)
    sample = distribution.sample((4, 2))
    at = sample if value is None else value
    expanded = distribution.expand((5,) + tuple(distribution.batch_shape))
    return {
        "name": name,
        "arguments": {key: plain(v) for key, v in arguments.items()},
        "value": plain(at),
        "isIndex": not at.is_floating_point(),
        "repr": text,
        "shapes": [list(distribution.batch_shape), list(distribution.event_shape)],
        "support": attempt(lambda: repr(distribution.support)),
        "hasRsample": distribution.has_rsample,
        "hasEnumerateSupport": distribution.has_enumerate_support,
        "sample": plain(sample),
        "gradients": gradients(name, arguments),
        "logProb": attempt(lambda: distribution.log_prob(at)),
        "cdf": attempt(lambda: distribution.cdf(at)),
        "icdf": attempt(lambda: distribution.icdf(probability)),
        "entropy": attempt(distribution.entropy),
        "perplexity": attempt(distribution.perplexity),
        "mean": attempt(lambda: distribution.mean),
        "mode": attempt(lambda: distribution.mode),
        "variance": attempt(lambda: distribution.variance),
        "stddev": attempt(lambda: distribution.stddev),
        "enumerateSupport": attempt(distribution.enumerate_support),
        "expanded": [list(expanded.batch_shape), attempt(lambda: expanded.log_prob(at if value is not None else at[0, :1]))],
    }


# One distribution of each class, for the divergences.
pairs = [
    ("Bernoulli", {"probs": t([0.25, 0.5])}, {"probs": t([0.3, 0.9])}),
    ("Beta", {"concentration1": t([0.7, 2.0]), "concentration0": t([1.5, 3.0])}, {"concentration1": t([1.7, 1.0]), "concentration0": t([0.5, 2.0])}),
    ("Binomial", {"total_count": 5, "probs": t([0.3, 0.8])}, {"total_count": 5, "probs": t([0.5, 0.6])}),
    ("Categorical", {"probs": t([[1.0, 2.0, 3.0], [4.0, 1.0, 1.0]])}, {"probs": t([[1.0, 1.0, 3.0], [2.0, 1.0, 1.0]])}),
    ("Cauchy", {"loc": t([0.0, 1.0]), "scale": t([1.0, 0.5])}, {"loc": t([0.5, 1.0]), "scale": t([1.0, 1.5])}),
    ("Chi2", {"df": t([1.5, 4.0])}, {"df": t([2.5, 3.0])}),
    ("ContinuousBernoulli", {"probs": t([0.2, 0.8])}, {"probs": t([0.3, 0.6])}),
    ("Dirichlet", {"concentration": t([[0.5, 1.5], [3.0, 1.0]])}, {"concentration": t([[1.5, 1.0], [2.0, 1.0]])}),
    ("Exponential", {"rate": t([0.5, 2.0])}, {"rate": t([1.5, 1.0])}),
    ("Gamma", {"concentration": t([0.5, 3.0]), "rate": t([1.0, 2.0])}, {"concentration": t([1.5, 2.0]), "rate": t([2.0, 2.0])}),
    ("Geometric", {"probs": t([0.3, 0.7])}, {"probs": t([0.4, 0.6])}),
    ("Gumbel", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, {"loc": t([0.5, 1.0]), "scale": t([1.5, 1.0])}),
    ("HalfNormal", {"scale": t([1.0, 2.0])}, {"scale": t([1.5, 1.0])}),
    ("Laplace", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, {"loc": t([0.5, 1.0]), "scale": t([1.5, 1.0])}),
    ("LogNormal", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, {"loc": t([0.5, 1.0]), "scale": t([1.5, 1.0])}),
    ("LowRankMultivariateNormal", {"loc": t([0.5, -1.0]), "cov_factor": t([[1.0], [0.5]]), "cov_diag": t([1.0, 2.0])}, {"loc": t([0.0, -1.0]), "cov_factor": t([[0.5], [0.5]]), "cov_diag": t([1.5, 1.0])}),
    ("MultivariateNormal", {"loc": t([0.5, -1.0]), "covariance_matrix": cov}, {"loc": t([0.0, 1.0]), "scale_tril": low}),
    ("Normal", {"loc": t([0.0, 1.0]), "scale": t([1.0, 2.0])}, {"loc": t([0.5, 1.0]), "scale": t([1.5, 1.0])}),
    ("OneHotCategorical", {"probs": t([[1.0, 2.0, 3.0], [4.0, 1.0, 1.0]])}, {"probs": t([[1.0, 1.0, 3.0], [2.0, 1.0, 1.0]])}),
    ("Pareto", {"scale": t([1.0, 0.5]), "alpha": t([3.0, 2.5])}, {"scale": t([0.5, 0.6]), "alpha": t([2.0, 1.5])}),
    ("Poisson", {"rate": t([1.0, 4.5])}, {"rate": t([2.0, 3.5])}),
    ("Uniform", {"low": t([0.1, 0.2]), "high": t([0.8, 0.9])}, {"low": t([0.0, -1.0]), "high": t([1.0, 3.0])}),
    ("Wishart", {"df": t([3.0, 4.5]), "covariance_matrix": cov}, {"df": t([3.5, 4.0]), "covariance_matrix": eye}),
]


def divergences():
    rows = []
    for name, arguments, _ in pairs:
        for other, _, others in pairs:
            try:
                value = D.kl_divergence(make(name, arguments), make(other, others))
            except NotImplementedError:
                continue
            rows.append([name, other, plain(value)])
    return rows


vector = t([0.3, -0.7, 1.2])
matrix = t([[0.3, -0.7], [1.2, 0.5]])
maps = {
    "Exp": (T.ExpTransform(), vector),
    "Power": (T.PowerTransform(t([2.0, 0.5, 3.0])), vector.abs()),
    "Sigmoid": (T.SigmoidTransform(), vector),
    "Softplus": (T.SoftplusTransform(), vector),
    "Tanh": (T.TanhTransform(), vector),
    "Abs": (T.AbsTransform(), vector),
    "Affine": (T.AffineTransform(t(1.0), t([2.0, -1.0, 0.5])), vector),
    "Affine of an event": (T.AffineTransform(0.5, 2.0, event_dim=1), vector),
    "Softmax": (T.SoftmaxTransform(), vector),
    "StickBreaking": (T.StickBreakingTransform(), vector),
    "CorrCholesky": (T.CorrCholeskyTransform(), vector),
    "LowerCholesky": (T.LowerCholeskyTransform(), matrix),
    "PositiveDefinite": (T.PositiveDefiniteTransform(), matrix),
    "Cumulative": (T.CumulativeDistributionTransform(D.Normal(0.0, 1.0)), vector),
    "Reshape": (T.ReshapeTransform((3,), (1, 3)), vector),
    "Independent": (T.IndependentTransform(T.ExpTransform(), 1), vector),
    "Compose": (T.ComposeTransform([T.AffineTransform(0.5, 2.0), T.TanhTransform()]), vector),
    "Compose of vectors": (T.ComposeTransform([T.AffineTransform(0.5, 2.0), T.StickBreakingTransform()]), vector),
    "Cat": (T.CatTransform([T.ExpTransform(), T.SigmoidTransform()], 0, [1, 2]), vector),
    "Stack": (T.StackTransform([T.ExpTransform(), T.SigmoidTransform(), T.identity_transform]), vector),
    "Inverse": (T.ExpTransform().inv, vector.abs()),
    "biject_to simplex": (D.biject_to(constraints.simplex), vector),
    "biject_to interval": (D.biject_to(constraints.interval(-1.0, 3.0)), vector),
    "biject_to positive": (D.biject_to(constraints.positive), vector),
    "transform_to less_than": (D.transform_to(constraints.less_than(2.0)), vector),
    "transform_to independent": (D.transform_to(constraints.independent(constraints.unit_interval, 1)), vector),
    "transform_to lower_cholesky": (D.transform_to(constraints.lower_cholesky), matrix),
}


def mapped(transform, x):
    y = transform(x)
    return {
        "repr": repr(transform),
        "y": plain(y),
        "inverse": attempt(lambda: transform.inv(y)),
        "jacobian": attempt(lambda: transform.log_abs_det_jacobian(x, y)),
        "sign": attempt(lambda: transform.sign if isinstance(transform.sign, torch.Tensor) else float(transform.sign)),
        "shapes": [list(transform.forward_shape(x.shape)), list(transform.inverse_shape(y.shape))],
        "bijective": transform.bijective,
        "domain": repr(transform.domain),
        "codomain": repr(transform.codomain),
    }


def composed():
    """Distributions made of others."""
    normals = D.Normal(torch.zeros(3, 2), t([1.0, 2.0]))
    independent = D.Independent(normals, 1)
    mixture = D.MixtureSameFamily(D.Categorical(t([0.3, 0.7])), D.Normal(t([-1.0, 1.0]), t([0.5, 2.0])))
    vectors = D.MixtureSameFamily(
        D.Categorical(torch.ones(3)), D.Independent(D.Normal(torch.linspace(-1, 1, 6).reshape(3, 2), torch.ones(3, 2)), 1)
    )
    transformed = D.TransformedDistribution(D.Normal(t([0.0, 1.0]), 1.0), [T.TanhTransform(), T.AffineTransform(2.0, -0.5)])
    rows = {}
    for name, distribution, at in [
        ("independent", independent, torch.ones(3, 2)),
        ("mixture", mixture, t([0.5, -2.0])),
        ("mixture of vectors", vectors, torch.ones(4, 2)),
        ("transformed", transformed, t([2.1, 1.9])),
    ]:
        torch.manual_seed(SEED)
        rows[name] = {
            "repr": repr(distribution),
            "shapes": [list(distribution.batch_shape), list(distribution.event_shape)],
            "support": repr(distribution.support),
            "sample": plain(distribution.sample((3,))),
            "logProb": plain(distribution.log_prob(at)),
            "cdf": attempt(lambda: distribution.cdf(at)),
            "mean": attempt(lambda: distribution.mean),
            "variance": attempt(lambda: distribution.variance),
            "entropy": attempt(distribution.entropy),
        }
    return rows


golden = {
    "seed": SEED,
    "torch": torch.__version__,
    "distributions": [record(*case) for case in cases],
    "pairs": [[name, {k: plain(v) for k, v in p.items()}, {k: plain(v) for k, v in q.items()}] for name, p, q in pairs],
    "divergences": divergences(),
    "transforms": {name: {"x": plain(x), **mapped(transform, x)} for name, (transform, x) in maps.items()},
    "composed": composed(),
}
text = json.dumps(golden, separators=(",", ":"))
Path(__file__).with_suffix(".json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
