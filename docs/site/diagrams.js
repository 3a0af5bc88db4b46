// Draws the mermaid blocks of a page, as the repository's site does. The library is fetched by pages that have some.
(() => {
  const sources = [...document.querySelectorAll('code.language-mermaid')];
  if (sources.length === 0) return;
  const diagrams = sources.map((code) => {
    const drawn = document.createElement('div');
    drawn.className = 'mermaid';
    code.parentElement.replaceWith(drawn);
    return { drawn, text: code.textContent };
  });

  const root = document.documentElement;
  const isDark = () => ['coal', 'navy', 'ayu'].some((theme) => root.classList.contains(theme));
  let shown;
  const draw = async () => {
    if (shown === isDark()) return;
    shown = isDark();
    window.mermaid.initialize({ startOnLoad: false, theme: shown ? 'dark' : 'default' });
    for (const [number, { drawn, text }] of diagrams.entries()) {
      drawn.replaceChildren();
      const { svg } = await window.mermaid.render(`diagram-${number}`, text);
      drawn.innerHTML = svg;
    }
  };

  const script = document.createElement('script');
  script.src = `${path_to_root}mermaid.tiny.js`;
  // One after the other: the theme may change while diagrams are drawn.
  let drawing = Promise.resolve();
  const redraw = () => {
    drawing = drawing.then(draw);
  };
  script.onload = () => {
    redraw();
    new MutationObserver(redraw).observe(root, { attributeFilter: ['class'] });
  };
  document.head.append(script);
})();
