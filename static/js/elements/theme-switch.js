// <theme-switch>: the form of the theme, without another page. `d` switches; where D is for moving about, Shift and D.

import {bindKeys} from "../keys.js";
import {chooseTheme, isDark} from "../themes.js";

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      chooseTheme(event.submitter.value);
    });
    const run = () => chooseTheme(isDark() ? "light" : "dark");
    bindKeys("Everywhere", [{keys: ["d", "Shift+D"], text: "Switch between light and dark", run}]);
  }
}

customElements.define("theme-switch", ThemeSwitch);
