() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const behind = (node) => {
    const found = [];
    for (let n = node; n; n = n.parentElement) {
      found.push(rgba(getComputedStyle(n).backgroundColor));
      if (found.at(-1)[3] === 1) break;
    }
    return found.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = {};
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === Node.TEXT_NODE && c.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest("script, dialog:not([open])")) continue;
    const style = getComputedStyle(node);
    const under = behind(node);
    const ink = over(rgba(node.closest("svg") ? style.fill : style.color), under);
    const [more, less] = [luminance(ink), luminance(under)].sort((x, y) => y - x);
    const ratio = (more + 0.05) / (less + 0.05);
    if (ratio < 4.5) low[`${node.tagName} ${node.className.baseVal ?? node.className}`] = ratio;
  }
  return low;
}
