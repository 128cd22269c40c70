// Completes texts with the step beside this file; knows nothing of the page.
//
//     const nextword = await Nextword.load(ort, ".", "step-int8.onnx");
//     await nextword.suggest("The clouds are in the", 5);   // [{word, probability}, ...]
//
// `ort` is onnxruntime-web or onnxruntime-node. tokenizer.json and vocabulary.txt hold
// every rule about words; what they mean is told in README.md.

// What is followed at once by a word: white space, opening quotes and brackets.
const PREFIX = /[^\s"“”„«»([{¿¡…–—]*$/u;
const GIVEN_PREFIX = /[^ \t\n\v\f\r]*$/u;

export class Nextword {
  static async load(ort, folder, file) {
    const get = async (name) => {
      const answer = await fetch(`${folder}/${name}`);
      if (!answer.ok) throw new Error(`${name} is missing (${answer.status})`);
      return answer;
    };
    const [rules, rows, step] = await Promise.all([
      get("tokenizer.json").then((it) => it.json()),
      get("vocabulary.txt").then((it) => it.text()),
      get(file).then((it) => it.arrayBuffer()),
    ]);
    const session = await ort.InferenceSession.create(new Uint8Array(step));
    return new Nextword(ort, session, rules, rows.split("\n").slice(0, -1));
  }

  constructor(ort, session, rules, rows) {
    Object.assign(this, { ort, session, rules });
    this.tokenizer = new Tokenizer(rules);
    this.words = rows.map((row, id) => {
      const [token, written, isOffered, clitics] = row.split("\t");
      const joined = clitics ? clitics.split(" ") : [];
      return { id, token, written, isOffered: isOffered === "1", clitics: joined, key: bare(written) };
    });
    this.ids = new Map(this.words.slice(rules.reserved_ids).map((it) => [it.token, it.id]));
    this.hosts = this.words.filter((it) => it.isOffered || it.clitics.length);
    this.numBound = this.hosts.filter((it) => !it.isOffered).length;
    this.often = new Set(rules.often_joined ?? []);
    this.read = []; // one {id, states} for each token of the text, the first id in front
  }

  // The likeliest words, the likeliest first. Where `text` ends inside a word they begin
  // with its letters, whatever their case and accents, and else they come next.
  async suggest(text, count = 5) {
    const { front, prefix } = this.split(text);
    const tokens = this.tokenizer.tokens(front);
    const { priors, states } = await this.after(tokens);
    const place = { priors, states, after: new Map() };
    const found = prefix
      ? await this.finish(place, bare(prefix), count)
      : await this.next(place, count);
    const isFirst = this.tokenizer.beginsSentence(tokens) || /^\p{Lu}/u.test(prefix);
    return found.slice(0, count).map(({ word, prior }) => ({
      word: isFirst ? capitalised(word, this.rules) : word,
      probability: Math.min(1, Math.exp(prior)),
    }));
  }

  // What stands in front of the word that is being typed, and the letters typed of it.
  split(text) {
    const [prefix] = (this.rules.pretokenized ? GIVEN_PREFIX : PREFIX).exec(text);
    return { front: text.slice(0, text.length - prefix.length), prefix };
  }

  // Whatever letters they begin with.
  async next(place, count) {
    const found = [];
    for (const host of likeliest(this.hosts, place.priors, count + this.numBound)) {
      // What begins with a less likely token is less likely.
      if (found.filter((it) => it.prior > place.priors[host.id]).length >= count) break;
      if (host.isOffered) found.push({ word: host.written, prior: place.priors[host.id] });
      found.push(...(await this.contractions(place, host, host.clitics)));
    }
    return found.sort((a, b) => b.prior - a.prior);
  }

  // Of the words that begin with `key`; probabilities are given that one of them comes.
  async finish(place, key, count) {
    const fits = this.hosts.filter((it) => it.isOffered && it.key.startsWith(key));
    const found = likeliest(fits, place.priors, count).map((it) => ({
      host: it, word: it.written, prior: place.priors[it.id],
    }));
    const apart = [];
    for (const host of this.hosts) { // those that a clitic brings to `key`: do, don't
      if (!host.key || (host.isOffered && host.key.startsWith(key))) continue;
      const clitics = host.clitics.filter((it) => (host.key + it).startsWith(key));
      apart.push(...(await this.contractions(place, host, clitics)));
    }
    const total = logSum([...fits.map((it) => place.priors[it.id]), ...apart.map((it) => it.prior)]);
    const best = [...found, ...apart].sort((a, b) => b.prior - a.prior);
    const least = best.length < count ? -Infinity : best[count - 1].prior;
    for (const { host, prior } of found) { // their share is within that of their host
      if (prior >= least && this.often.has(host.token)) {
        best.push(...(await this.contractions(place, host, host.clitics)));
      }
    }
    return best
      .sort((a, b) => b.prior - a.prior)
      .map(({ word, prior }) => ({ word, prior: prior - total }));
  }

  // The words that a host makes with some clitics; one step for each host.
  async contractions(place, host, clitics) {
    if (!clitics.length) return [];
    if (!place.after.has(host.id)) {
      place.after.set(host.id, this.priors(await this.step(host.id, place.states)));
    }
    const after = place.after.get(host.id);
    return clitics.map((it) => ({
      word: host.written + it,
      prior: place.priors[host.id] + after[this.ids.get(it)],
    }));
  }

  // What follows some tokens. Of the text before only what has changed is read anew.
  async after(tokens) {
    const tooMany = Math.max(0, tokens.length - this.rules.most_tokens);
    const start = tooMany - (tooMany % this.rules.tokens_dropped_at_a_time);
    const ids = tokens.slice(start).map((it) => this.ids.get(this.tokenizer.key(it)) ?? this.rules.unknown_id);
    ids.unshift(this.rules.first_id);
    let same = 0;
    while (same < ids.length - 1 && this.read[same]?.id === ids[same]) same++;
    this.read.length = same;
    let outputs;
    for (const id of ids.slice(same)) {
      outputs = await this.step(id, this.read.at(-1)?.states);
      this.read.push({ id, states: statesOf(outputs) });
    }
    return { priors: this.priors(outputs), states: this.read.at(-1).states };
  }

  async step(id, states) {
    const feeds = { token_ids: new this.ort.Tensor("int32", Int32Array.of(id), [1]) };
    for (const { name, shape } of this.session.inputMetadata) {
      if (name !== "token_ids") feeds[name] = states?.[name] ?? this.zeros(shape);
    }
    return this.session.run(feeds);
  }

  zeros(shape) {
    const sizes = [1, ...shape.slice(1)];
    const length = sizes.reduce((product, it) => product * it);
    return new this.ort.Tensor("float32", new Float32Array(length), sizes);
  }

  // Log-probabilities of the next token, were it none of the reserved ones.
  priors(outputs) {
    const found = outputs.log_probabilities.data;
    const total = logSum(found.subarray(this.rules.reserved_ids));
    return found.map((it) => it - total);
  }
}

export class Tokenizer {
  constructor(rules) {
    this.rules = rules;
    if (rules.pretokenized) return;
    const compile = (pairs) => pairs.map(([pattern, replacement]) =>
      [new RegExp(pattern, "gu"), replacement.replace(/\\(\d)/g, "$$$1")]);
    this.substitutions = compile(rules.substitutions);
    this.cutting = compile(rules.rules);
    this.foldings = compile(rules.foldings);
    const marks = Object.keys(rules.spellings).map((it) => [...it][1] ?? "");
    this.pairs = new RegExp(`.[${[...new Set(marks)].join("")}]`, "gsu");
  }

  // The tokens of a text, as they are written.
  tokens(text) {
    if (this.rules.pretokenized) return text.match(/[^ \t\n\v\f\r]+/gu) ?? [];
    const respell = (it) => this.rules.spellings[it] ?? it;
    text = replaced(text, this.substitutions);
    text = Array.from(text, respell).join("");
    for (let i = 0; i < this.rules.spelling_passes; i++) text = text.replace(this.pairs, respell);
    return replaced(text, this.cutting).split(" ").filter(Boolean);
  }

  // Under which the vocabulary knows a token.
  key(token) {
    return this.rules.pretokenized ? token : replaced(token, this.foldings).toLowerCase();
  }

  beginsSentence(tokens) {
    if (this.rules.pretokenized) return false;
    const { sentence_ends: ends, passed_over: passed } = this.rules;
    return tokens.reduce((begins, it) => ends.includes(it) || (begins && passed.includes(it)), true);
  }
}

function replaced(text, pairs) {
  return pairs.reduce((it, [pattern, replacement]) => it.replace(pattern, replacement), text);
}

// A word as a hurried person types it.
function bare(word) {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[’‘`]/gu, "'");
}

function capitalised(word, rules) {
  if (rules.pretokenized || word !== word.toLowerCase() || word.includes(".")) return word;
  const [first] = word;
  const capital = first.toUpperCase();
  return [...capital].length === 1 ? capital + word.slice(first.length) : word;
}

// The `count` likeliest of some words, the likeliest first.
function likeliest(words, priors, count) {
  const best = [];
  for (const it of words) {
    if (best.length === count && priors[it.id] <= priors[best[count - 1].id]) continue;
    let place = best.length;
    while (place > 0 && priors[best[place - 1].id] < priors[it.id]) place--;
    best.splice(place, 0, it);
    if (best.length > count) best.pop();
  }
  return best;
}

function logSum(logs) {
  const largest = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(logs.reduce((sum, it) => sum + Math.exp(it - largest), 0));
}

function statesOf(outputs) {
  const states = {};
  for (const name of Object.keys(outputs)) {
    if (name.startsWith("next_")) states[name.slice("next_".length)] = outputs[name];
  }
  return states;
}
