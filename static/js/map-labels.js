// Figures beside links: ten of them the server drew; those of what one looks at are added, and go again.

const SVG = "http://www.w3.org/2000/svg";
/** More would cover the map. */
const MOST = 24;
/** Baselines beside the line of the link. */
const ABOVE_PX = 6;
const BELOW_PX = 12;

export class MapLabels {
  /** @param {SVGElement} svg its .labels hold a group for each link that says its figures */
  constructor(svg) {
    this.svg = svg;
    this.layer = svg.querySelector(".labels");
  }

  /** @param {string[]} ids of links: theirs are lit, and drawn where the server drew none */
  show(ids) {
    for (const label of this.layer.querySelectorAll(".asked")) label.remove();
    for (const label of this.layer.children) label.classList.toggle("near", ids.includes(label.dataset.of));
    for (const id of ids.slice(0, MOST)) this.#draw(id);
  }

  #draw(id) {
    const link = this.svg.getElementById(id);
    if (!link || this.layer.querySelector(`[data-of="${id}"]`)) return;
    const [place, ...lines] = link.dataset.label.split("|");
    const [x, y] = place.split(",").map(Number);
    const label = make("g", {class: `label near asked ${link.dataset.tone ?? ""}`, "data-of": id});
    [y - ABOVE_PX, y + BELOW_PX].forEach((baseline, at) => {
      const text = make("text", {x, y: baseline});
      text.textContent = lines[at];
      label.append(text);
    });
    this.layer.append(label);
  }
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
