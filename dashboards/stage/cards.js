// Cards: what is known of the neuron below the pointer, and, pinned, of the chosen neuron and the vesicle that is followed.

class Cards {
  constructor(frame, { dismiss, followHere, unfollow }) {
    this.tip = element("div", "va-card va-tip");
    this.pinned = element("div", "va-pinned");
    this.news = element("div", { className: "va-news", role: "status" });
    this.neuron = this.pin("chosen neuron", "choose none", dismiss);
    this.vesicle = this.pin("followed vesicle", "follow none", unfollow);
    this.neuron.foot.append(button("va-act", "follow a vesicle here", "follow a vesicle here (V)", followHere));
    this.pinned.append(this.neuron.card, this.vesicle.card);
    this.tip.hidden = true;
    frame.append(this.pinned, this.tip, this.news);
  }

  pin(label, closing, close) {
    const card = element("section", { className: "va-card", role: "region", "aria-label": label });
    const rows = element("div", "va-rows"), foot = element("div", "va-foot");
    card.append(button("va-close", "×", closing, close), rows, foot);
    card.hidden = true;
    return { card, rows, foot };
  }

  fill(place, rows) {
    place.replaceChildren(...rows.map(([name, value], i) => {
      const row = element("div", i ? "va-row" : "va-row va-name");
      row.append(element("span", "", i ? name : value), element("span", "", i ? value : ""));
      return row;
    }));
  }

  showNeuron(rows) {
    this.fill(this.neuron.rows, rows);
    this.neuron.card.hidden = false;
  }

  hideNeuron() {
    this.neuron.card.hidden = true;
  }

  showVesicle(followed) {
    this.vesicle.card.hidden = !followed;
    if (!followed) this.ended = "";
    else this.fill(this.vesicle.rows, followed.rows);
    if (followed && followed.ended !== this.ended) this.tell(followed.ended ? `The vesicle: ${followed.ended}.` : "");
    this.ended = followed?.ended ?? "";
  }

  // beside the pointer
  showTip(rows, x, y, width, height) {
    this.fill(this.tip, rows);
    this.tip.hidden = false;
    const box = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(4, Math.min(x + 14, width - box.width - 6))}px`;
    this.tip.style.top = `${Math.max(4, y + 14 + box.height > height ? y - box.height - 10 : y + 14)}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  // pixels at the right of the canvas that pinned cards cover
  covered() {
    const { offsetWidth } = this.pinned, beside = offsetWidth < this.pinned.parentElement.clientWidth / 2;
    return beside && !(this.neuron.card.hidden && this.vesicle.card.hidden) ? offsetWidth : 0;
  }

  tell(text) {
    this.news.textContent = text;
  }
}
