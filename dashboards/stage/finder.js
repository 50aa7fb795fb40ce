// Finder: a field that finds a neuron by its name, in the browser alone, so that typing is never interrupted.

const MOST_OFFERS = 20;

class Finder {
  constructor(head, choose) {
    const list = element("datalist", "");
    list.id = `va-names-${Math.random().toString(36).slice(2)}`;
    const label = element("label", "va-finder", "Find a neuron");
    this.field = element("input", { type: "text", autocomplete: "off", spellcheck: false, placeholder: "name" });
    this.field.setAttribute("list", list.id); // as a property it can only be read
    label.append(this.field);
    head.append(label, list);
    Object.assign(this, { list, choose, names: [], folded: [], index: new Map() });
    this.field.oninput = () => this.typed();
    this.field.onkeydown = (event) => { if (event.key === "Enter") this.enter(); };
    this.field.onchange = () => { if (!this.field.value) this.choose(-1); };
  }

  setNames(names) {
    this.names = names;
    this.folded = names.map((name) => name.toLowerCase());
    this.index = new Map(names.map((name, i) => [name, i]));
  }

  // the neurons whose names begin so; where none does, those that hold the word
  found(word) {
    const sought = word.toLowerCase(), hits = [];
    for (const holds of [(name) => name.startsWith(sought), (name) => name.includes(sought)]) {
      for (let i = 0; i < this.folded.length && hits.length < MOST_OFFERS; i++) if (holds(this.folded[i])) hits.push(i);
      if (hits.length) break;
    }
    return hits;
  }

  typed() {
    const word = this.field.value, exact = this.index.get(word);
    this.list.replaceChildren(...(word ? this.found(word) : []).map((i) => element("option", { value: this.names[i] })));
    this.field.setAttribute("aria-invalid", String(Boolean(word) && !this.list.children.length));
    if (exact !== undefined) this.choose(exact);
  }

  enter() {
    const word = this.field.value, exact = this.index.get(word), [first] = word ? this.found(word) : [];
    if (exact ?? first !== undefined) this.choose(exact ?? first);
  }

  // what is chosen by other means stands here too, unless someone is typing
  show(node) {
    if (document.activeElement !== this.field) this.field.value = node >= 0 ? this.names[node] ?? "" : "";
  }
}
