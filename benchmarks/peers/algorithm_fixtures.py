"""Writes the fixtures that AlgorithmFixtureTest holds the trainer's algorithms against, CQL-SAC's own apart.

Independent statements: torch.nn modules, torch.distributions for every density, torch.optim.Adam, double precision
throughout. Run once, when a formula changes:

    python benchmarks/peers/algorithm_fixtures.py trainer/src/test/resources/io/millrace/trainer/algorithm

Each file holds the parameters and targets before the first update, and for each of three updates its batch, its noise,
the loss of each group and its gradient; then parameters and targets after the third.
"""

import copy
import sys
from pathlib import Path

import numpy as np
import torch
from cql_sac_fixture import ACTION, CRITIC_RATE, DISCOUNT, HIDDEN, OBSERVATION, POLICY_RATE, POLYAK, distribution, network, sample
from torch import nn
from torch.nn import functional as F

ROWS, SAMPLES, UPDATES = 6, 4, 3
CHOICES = 4


def normed_network(inputs, outputs):
    parts = []
    for a, b in zip((inputs, *HIDDEN), HIDDEN):
        parts += [nn.Linear(a, b), nn.LayerNorm(b), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(HIDDEN[-1], outputs))


def batch():
    return {
        "observation": torch.randn(ROWS, OBSERVATION),
        "action": torch.rand(ROWS, ACTION) * 1.8 - 0.9,
        "reward": torch.randn(ROWS),
        "next_observation": torch.randn(ROWS, OBSERVATION),
        "terminated": (torch.rand(ROWS) < 0.3).double(),
        "conservative_factor": torch.rand(ROWS),
        "importance": 0.5 + torch.rand(ROWS),
        "return_to_go": torch.where(torch.rand(ROWS) < 0.3, -torch.inf, torch.randn(ROWS)),
    }


def q(critic, observation, action):
    """[B, S] and [..., B, A] to [..., B]."""
    return critic(torch.cat([observation.expand(*action.shape[:-1], -1), action], -1)).squeeze(-1)


class Algorithm:
    """Groups of modules or single parameters, each with its learning rate; targets, each of a group."""

    intervals = {}

    def batch(self):
        return batch()

    def __init__(self, critics=2, make=network):
        self.critics = [make(OBSERVATION + ACTION, 1) for _ in range(critics)]
        self.target_critics = copy.deepcopy(self.critics)
        self.groups = {"critics": (self.critics, CRITIC_RATE)}
        self.targets = {"critics": self.target_critics}

    def bellman(self, b, value):
        return (b["reward"] + DISCOUNT * (1 - b["terminated"]) * value).detach()

    def td(self, b, target):
        error = [q(c, b["observation"], b["action"]) - target for c in self.critics]
        return sum((b["importance"] * e**2).mean() for e in error)


class Sac(Algorithm):
    def __init__(self, critics=2, subset=2, make=network, entropy=True):
        super().__init__(critics, make)
        self.subset, self.entropy = subset, entropy
        self.policy = network(OBSERVATION, 2 * ACTION)
        self.log_alpha = nn.Parameter(torch.zeros(1))
        self.groups |= {"policy": ([self.policy], POLICY_RATE), "log_temperature": ([self.log_alpha], POLICY_RATE)}

    samples = 0

    def noise(self):
        out = [torch.randn(2 * ROWS, 1 + self.samples, ACTION)]
        if self.samples:
            out.append(torch.rand(ROWS, self.samples, ACTION) * 2 - 1)
        if self.subset < len(self.critics):
            out.append(torch.rand(len(self.critics)) * 2 - 1)
        return out

    def chosen(self, noise):
        """The target critics of the lowest keys."""
        if self.subset == len(self.critics):
            return self.target_critics
        order = sorted(range(len(self.critics)), key=lambda i: noise[-1][i].item())
        return [self.target_critics[i] for i in order[: self.subset]]

    def next_value(self, b, noise):
        a, log_pi = sample(self.policy, b["next_observation"], noise[0][ROWS:, :1])
        value = torch.stack([q(t, b["next_observation"], a[0]) for t in self.chosen(noise)]).min(0).values
        return value - self.log_alpha.exp() * log_pi[0] if self.entropy else value

    def losses(self, b, noise):
        alpha = self.log_alpha.exp().detach()
        a, log_pi = sample(self.policy, b["observation"], noise[0][:ROWS, :1])
        judged = torch.stack([q(c, b["observation"], a[0]) for c in self.critics])
        judged = judged.min(0).values if self.subset == len(self.critics) else judged.mean(0)
        return {
            "critics": self.td(b, self.bellman(b, self.next_value(b, noise))),
            "policy": (alpha * log_pi[0] - judged).mean(),
            "log_temperature": -(self.log_alpha * (log_pi[0].detach() - ACTION)).mean(),
        }


class Cql(Sac):
    """CQL(H), alpha 5."""

    samples = SAMPLES

    def __init__(self, **arguments):
        super().__init__(entropy=False, **arguments)
        self.log_multiplier = nn.Parameter(torch.zeros(len(self.critics)))
        self.groups["log_multiplier"] = ([self.log_multiplier], 0)

    def gaps(self, b, noise):
        o = b["observation"]
        a, log_pi = sample(self.policy, o, noise[0][:ROWS, 1:])
        a2, log_pi2 = sample(self.policy, b["next_observation"], noise[0][ROWS:, 1:])
        uniform = noise[1].transpose(0, 1)
        gaps = []
        for c in self.critics:
            terms = [
                q(c, o, uniform) + ACTION * np.log(2),
                self.calibrate(b, q(c, o, a.detach())) - log_pi.detach(),
                self.calibrate(b, q(c, o, a2.detach())) - log_pi2.detach(),
            ]
            gaps.append(torch.cat(terms).exp().mean(0).log() - q(c, o, b["action"]))
        return gaps

    def calibrate(self, b, values):
        return values

    def losses(self, b, noise):
        losses = super().losses(b, noise)
        gaps = self.gaps(b, noise)
        losses["critics"] = losses["critics"] + 5 * sum((b["conservative_factor"] * g).mean() for g in gaps)
        weights = self.log_multiplier.exp()
        losses["log_multiplier"] = -sum(w * (b["conservative_factor"] * g.detach()).mean() for w, g in zip(weights, gaps))
        return losses


class CalQl(Cql):
    def calibrate(self, b, values):
        return torch.where(values > b["return_to_go"], values, b["return_to_go"].expand_as(values))


class CqlBestOfN(Cql):
    def next_value(self, b, noise):
        a, _ = sample(self.policy, b["next_observation"], noise[0][ROWS:, 1:])
        lowest = torch.minimum(*[q(t, b["next_observation"], a) for t in self.target_critics])
        return lowest.max(0).values


class CqlRho(Cql):
    """The prior is the policy, which lags behind; temperature 0.7."""

    def __init__(self):
        super().__init__()
        self.lagged = copy.deepcopy(self.policy)
        self.targets["policy"] = [self.lagged]

    def gaps(self, b, noise):
        o = b["observation"]
        a, _ = sample(self.lagged, o, noise[0][:ROWS, 1:])
        gaps = []
        for c in self.critics:
            values = q(c, o, a.detach())
            mu = (values / 0.7).exp()
            mu = (mu / mu.sum(0)).detach()
            gaps.append((mu * values).sum(0) - q(c, o, b["action"]))
        return gaps


class CqlVar(Cql):
    """The prior is uniform."""

    def gaps(self, b, noise):
        o = b["observation"]
        z = (o / (o.std(0, correction=0) + 1e-6)).numpy()
        distance = ((z[:, None] - z[None]) ** 2).sum(-1)
        # torch.median takes the lower of the two in the middle.
        middle = np.sort(distance, axis=None)[(distance.size - 1) // 2]
        density = np.exp(-distance / (2 * middle)).mean(1)
        density = torch.from_numpy(density / density.mean())
        gaps = []
        for c in self.critics:
            values = q(c, o, noise[1].transpose(0, 1))
            mean = values.mean(0)
            variance = ((values - mean) ** 2).mean(0)
            gaps.append((variance / density + 1e-12).sqrt() + mean - q(c, o, b["action"]))
        return gaps


class Td3Bc(Algorithm):
    intervals = {"policy": 2, "targets": 2}

    def __init__(self):
        super().__init__()
        self.policy = network(OBSERVATION, ACTION)
        self.target_policy = copy.deepcopy(self.policy)
        self.groups["policy"] = ([self.policy], POLICY_RATE)
        self.targets["policy"] = [self.target_policy]

    def noise(self):
        return [torch.randn(ROWS, ACTION)]

    def losses(self, b, noise):
        disturbance = torch.clamp(noise[0] * 0.2, -0.5, 0.5)
        a2 = torch.clamp(torch.tanh(self.target_policy(b["next_observation"])) + disturbance, -1, 1)
        value = torch.minimum(*[q(t, b["next_observation"], a2) for t in self.target_critics])
        a = torch.tanh(self.policy(b["observation"]))
        raised = q(self.critics[0], b["observation"], a)
        scale = 2.5 / raised.abs().mean().item()
        return {
            "critics": self.td(b, self.bellman(b, value)),
            "policy": -scale * raised.mean() + F.mse_loss(a, b["action"]),
        }


class Iql(Algorithm):
    def __init__(self):
        super().__init__()
        self.value = network(OBSERVATION, 1)
        self.policy = network(OBSERVATION, 2 * ACTION)
        self.groups |= {"value": ([self.value], CRITIC_RATE), "policy": ([self.policy], POLICY_RATE)}

    def noise(self):
        return [torch.randn(ROWS, 1, ACTION)]

    def losses(self, b, noise):
        o, a = b["observation"], b["action"]
        v = self.value(o).squeeze(-1)
        advantage = torch.minimum(*[q(t, o, a) for t in self.target_critics]).detach() - v
        expectile = torch.abs(0.7 - (advantage < 0).double()) * advantage**2
        _, squashed = distribution(self.policy, o)
        weight = torch.clamp(torch.exp(3 * advantage.detach()), max=1.2)
        return {
            "critics": self.td(b, self.bellman(b, self.value(b["next_observation"]).squeeze(-1))),
            "value": (b["importance"] * expectile).mean(),
            "policy": -(b["importance"] * weight * squashed.log_prob(a)).mean(),
        }


class CqlDiscrete(Algorithm):
    """Double DQN with the exact gap, as cross entropy of the logged action; the softmax by torch.distributions."""

    def __init__(self, critics, make, temperature, lagrange=None, alpha=None):
        self.critics = [make(OBSERVATION, CHOICES) for _ in range(critics)]
        self.target_critics = copy.deepcopy(self.critics)
        self.log_multiplier = nn.Parameter(torch.zeros(critics))
        self.temperature, self.lagrange, self.alpha = temperature, lagrange, alpha
        rate = 0 if lagrange is None else CRITIC_RATE
        self.groups = {"critics": (self.critics, CRITIC_RATE), "log_multiplier": ([self.log_multiplier], rate)}
        self.targets = {"critics": self.target_critics}

    def batch(self):
        return batch() | {"action": torch.randint(CHOICES, (ROWS, 1)).double()}

    def noise(self):
        return []

    def losses(self, b, noise):
        rows = torch.arange(ROWS)
        action = b["action"][:, 0].long()
        best = sum(c(b["next_observation"]) for c in self.critics).argmax(1)
        value = torch.stack([t(b["next_observation"])[rows, best] for t in self.target_critics]).min(0).values
        target = self.bellman(b, value)
        # T (logsumexp(q / T) - q_a / T) = -T log softmax(q / T)_a
        gaps = [
            -self.temperature * torch.distributions.Categorical(logits=c(b["observation"]) / self.temperature).log_prob(action)
            for c in self.critics
        ]
        errors = [c(b["observation"])[rows, action] - target for c in self.critics]
        weights = self.log_multiplier.exp()
        alphas = weights.detach() if self.alpha is None else torch.full_like(weights, self.alpha)
        f = b["conservative_factor"]
        threshold = self.lagrange or 0
        return {
            "critics": sum(
                (b["importance"] * e**2).mean() + alpha * (f * g).mean() for e, g, alpha in zip(errors, gaps, alphas)
            ),
            "log_multiplier": -sum(w * (f * (g.detach() - threshold)).mean() for w, g in zip(weights, gaps)),
        }


class Cloning(Algorithm):
    def __init__(self):
        self.policy = network(OBSERVATION, 2 * ACTION)
        self.groups, self.targets = {"policy": ([self.policy], POLICY_RATE)}, {}

    def noise(self):
        return [torch.randn(ROWS, 1, ACTION)]

    def losses(self, b, noise):
        _, squashed = distribution(self.policy, b["observation"])
        return {"policy": -(b["importance"] * squashed.log_prob(b["action"])).mean()}


def parameters(parts):
    return [p for part in parts for p in ([part] if isinstance(part, nn.Parameter) else part.parameters())]


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).numpy().copy()


def fixture(seed, make):
    torch.manual_seed(seed)
    algorithm = make()
    optimizers = {
        name: torch.optim.Adam(parameters(parts), lr=rate) for name, (parts, rate) in algorithm.groups.items() if rate
    }
    out = {}

    def state(when):
        for name, (parts, _) in algorithm.groups.items():
            out[f"{when}.{name}"] = flat(parameters(parts))
        for name, parts in algorithm.targets.items():
            out[f"{when}.{name}.target"] = flat(parameters(parts))

    state("before")
    for update in range(1, UPDATES + 1):
        at = f"update{update}."
        b, noise = algorithm.batch(), algorithm.noise()
        for name, column in b.items():
            out[at + name] = column.numpy().copy()
        for i, tensor in enumerate(noise):
            out[at + f"noise{i}"] = tensor.numpy().copy()
        losses = algorithm.losses(b, noise)
        out[at + "losses"] = np.array([loss.item() for loss in losses.values()])
        gradients = {}
        for name, loss in losses.items():
            gradients[name] = torch.autograd.grad(loss, parameters(algorithm.groups[name][0]), retain_graph=True)
            out[at + f"gradient.{name}"] = flat(gradients[name])
        for name, optimizer in optimizers.items():
            if update % algorithm.intervals.get(name, 1) == 0:
                for p, g in zip(parameters(algorithm.groups[name][0]), gradients[name]):
                    p.grad = g
                optimizer.step()
        if update % algorithm.intervals.get("targets", 1) == 0:
            with torch.no_grad():
                for name, parts in algorithm.targets.items():
                    for t, p in zip(parameters(parts), parameters(algorithm.groups[name][0])):
                        t.copy_(POLYAK * p + (1 - POLYAK) * t)
    state("after")
    return out


def main():
    torch.set_default_dtype(torch.float64)
    directory = Path(sys.argv[1])
    cases = {
        "sac": Sac,
        "sac_ensemble": lambda: Sac(critics=4, subset=2, make=normed_network),
        "cql_best_of_n": CqlBestOfN,
        "cql_rho": CqlRho,
        "cql_var": CqlVar,
        "cal_ql": CalQl,
        "td3_bc": Td3Bc,
        "iql": Iql,
        "bc": Cloning,
        "cql_discrete": lambda: CqlDiscrete(critics=2, make=normed_network, temperature=0.7, lagrange=0.3),
        "double_dqn": lambda: CqlDiscrete(critics=1, make=network, temperature=1, alpha=2),
    }
    for seed, (name, make) in enumerate(cases.items(), 10):
        np.savez(directory / f"{name}.npz", **fixture(seed, make))


if __name__ == "__main__":
    main()
