"use strict";
(() => {
  // One moment: the word that is pointed at, in the text or in any picture, is marked
  // in all pictures, and what their tables say about it is told below them.
  const sentence = document.querySelector(".cursor");
  const words = [...sentence.querySelectorAll(".word")];
  const plots = [...document.querySelectorAll(".plot")];
  const names = "http://www.w3.org/2000/svg";
  const marks = plots.map((plot) => {
    const mark = document.createElementNS(names, "rect");
    mark.classList.add("now");
    mark.setAttribute("y", 0);
    mark.setAttribute("height", plot.viewBox.baseVal.height);
    mark.setAttribute("width", plot.dataset.column);
    mark.setAttribute("visibility", "hidden");
    plot.querySelector(".gutter").before(mark);
    return mark;
  });

  const tell = (part, word) => {
    const rows = [...part.querySelectorAll("tbody tr")];
    const row = rows[word - Number(part.dataset.first)];
    const reading = part.querySelector(".reading");
    if (!row || !reading) return;
    const heads = [...part.querySelectorAll("thead th")].map((it) => it.textContent);
    const [name, ...cells] = [...row.cells].map((it) => it.textContent);
    const strong = document.createElement("strong");
    strong.textContent = name;
    const told = cells.map((cell, i) => `${heads[i + 1]} ${cell}`).join(", ");
    reading.replaceChildren(strong, ` ${told}`);
  };

  sentence.addEventListener("chosen", (event) => {
    const word = event.detail;
    for (const [i, plot] of plots.entries()) {
      const [width, gutter] = [Number(plot.dataset.column), Number(plot.dataset.gutter)];
      marks[i].setAttribute("x", gutter + word * width);
      marks[i].setAttribute("visibility", "visible");
      const box = plot.parentElement;
      const left = gutter + word * width - box.scrollLeft;
      if (left < gutter || left + width > box.clientWidth) {
        box.scrollLeft = word * width - (box.clientWidth - gutter) / 2;
      }
      for (const band of plot.querySelectorAll(".band")) {
        band.classList.toggle("its", Number(band.dataset.source) === word);
      }
    }
    for (const part of document.querySelectorAll(".moment")) tell(part, word);
  });

  const choose = (plot, event) => {
    const box = plot.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * plot.viewBox.baseVal.width;
    const word = Math.floor((x - plot.dataset.gutter) / plot.dataset.column);
    const seen = event.clientX - plot.parentElement.getBoundingClientRect().left;
    const isInGutter = seen < plot.dataset.gutter;
    if (!isInGutter && word >= 0 && word < words.length) words[word].click();
  };
  for (const plot of plots) {
    plot.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") choose(plot, event);
    });
    plot.addEventListener("click", (event) => choose(plot, event));
  }

  // The pictures are scrolled together; their names stay where they are.
  const boxes = plots.map((plot) => plot.parentElement);
  for (const box of boxes) {
    box.addEventListener("scroll", () => {
      box.querySelector(".gutter").setAttribute("transform", `translate(${box.scrollLeft} 0)`);
      for (const other of boxes) {
        if (Math.abs(other.scrollLeft - box.scrollLeft) > 1) other.scrollLeft = box.scrollLeft;
      }
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const now = words.findIndex((it) => it.classList.contains("chosen"));
      words[Math.min(Math.max(now + step, 0), words.length - 1)].click();
    });
  }

  // Every unit, or means of those that behave alike.
  for (const toggle of document.querySelectorAll(".switch")) {
    toggle.hidden = false;
    const box = toggle.querySelector("input");
    box.addEventListener("change", () => {
      toggle.closest(".moment").classList.toggle("every", box.checked);
      dispatchEvent(new Event("resize"));
    });
  }

  // Which prediction is explained.
  const choice = document.querySelector(".choice");
  const explained = [...document.querySelectorAll("[data-choice]")];
  const show = (number) => {
    for (const it of explained) it.classList.toggle("unchosen", it.dataset.choice !== number);
  };
  choice.hidden = false;
  choice.addEventListener("change", (event) => show(event.target.value));
  show("0");
  words[Number(sentence.dataset.last)].click();
})();
