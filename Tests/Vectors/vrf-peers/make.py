# Makes vectors.json: an implementation of its own of what docs/vrf.md says of peers, on hashlib alone.
# python3 make.py > vectors.json
import hashlib, json
def b2(data, n, key=b''): return hashlib.blake2b(data, digest_size=n, key=key).digest()
be = lambda v, n: (v % (1 << 8*n)).to_bytes(n, 'big')
def list_bytes(chain, salt, nodes):
    out = b"hearsay vrf_peers list" + be(len(chain), 2) + chain.encode() + salt + be(len(nodes), 4)
    for n in sorted(nodes, key=lambda n: n["address"]):
        out += n["address"] + be(n["layer"], 2) + be(n["capacity"], 4) + be(len(n["keys"]), 2)
        for k, f, u in n["keys"]: out += k + be(f, 8) + be(u, 8)
    return out
def rules_bytes(r):
    return (b"hearsay vrf_peers epoch" + be(len(r["chain"]), 2) + r["chain"].encode() + be(r["epoch_s"], 4)
        + be(r["peers"], 2) + bytes([["next_layer","all"].index(r["among"]), ["equal","capacity"].index(r["weights"])]))
def words(beta):
    key = b2(b"hearsay vrf_peers draw key", 32, beta)
    i = 0
    while True:
        yield int.from_bytes(b2(be(i, 8), 16, key)[:8], 'big'); i += 1
def below(ws, bound):
    while True:
        p = next(ws) * bound
        if p % 2**64 >= (2**64) % bound: return p >> 64
def choose(k, cands, beta):
    ws, left, out = words(beta), list(cands), []
    while len(out) < k and sum(w for _, w in left) > 0:
        n = below(ws, sum(w for _, w in left))
        for i, (a, w) in enumerate(left):
            if n < w: break
            n -= w
        out.append(a); left.pop(i)
    return out
def candidates(node, nodes, r):
    layers = max(n["layer"] for n in nodes) + 1
    own = [n for n in nodes if n["address"] == node][0]
    return [(n["address"], 1 if r["weights"] == "equal" else n["capacity"])
        for n in sorted(nodes, key=lambda n: n["address"])
        if n["address"] != node and (r["among"] == "all" or n["layer"] == (own["layer"] + 1) % layers)]
vectors = []
for number in range(12):
    seed = lambda *a: hashlib.sha256(repr((number,) + a).encode()).digest()
    count = [1, 2, 3, 5, 8, 12, 13, 20, 24, 28, 32, 48][number]
    nodes = [dict(address=seed("address", i), layer=i % [1, 3][number % 2],
        capacity=[1, 0, 7, 1_000_000][seed("capacity", i)[0] % 4] if number % 3 else int.from_bytes(seed("c", i)[:2], 'big'),
        keys=[(seed("key", i), -5 if i % 2 else 0, 2**63 - 1)] * (i % 3 > 0) + [(seed("key2", i), 10, 20)] * (i % 5 == 0))
        for i in range(count)]
    rules = dict(chain=["mix", "", "gossip"][number % 3], epoch_s=[3600, 10, 604800][number % 3], peers=[8, 1, 256, 3][number % 4],
        among=["next_layer", "all"][number // 2 % 2], weights=["equal", "capacity"][(number + 1) // 2 % 2])
    salt = seed("salt") if number % 2 else bytes(32)
    node = nodes[number % count]["address"]
    listed = b2(list_bytes(rules["chain"], salt, nodes), 32)
    epoch = [0, 1, 486111, 2**40][number % 4]
    alpha = rules_bytes(rules) + be(epoch, 8) + listed + node
    beta = hashlib.sha512(seed("beta")).digest()
    vectors.append(dict(rules=dict(rules), salt=salt.hex() if number % 2 else None, epoch=epoch, node=node.hex(),
        nodes=[dict(address=n["address"].hex(), layer=n["layer"], capacity=n["capacity"],
            keys=[dict(key=k.hex(), start=f, end=u) for k, f, u in n["keys"]]) for n in nodes],
        list=listed.hex(), rules_tag=b2(rules_bytes(rules), 32)[:8].hex(), alpha=alpha.hex(), beta=beta.hex(),
        chosen=[a.hex() for a in choose(rules["peers"], candidates(node, nodes, rules), beta)]))
print(json.dumps(dict(vectors=vectors), separators=(",", ":")))
