// The HTML of an e-mail in a frame without scripts. The policy of the page holds in the frame, too, and allows no
// styles that stand in HTML: they are taken out before it is parsed, and set one by one.

/** A start tag, with its attributes. */
const TAG = /<[a-z][^\s>/]*(?:[\s/]+[^\s=>/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*[\s/]*>/gi;
/** Attributes that the policy forbids, or that ask for something elsewhere. */
const KEPT_BACK = /([\s/])(style|src|srcset|background|on[a-z]+)(?=\s*=)/gi;
const PREFIX = 'data-mail-';
/** An element whose content is text, in the place of styles. */
const STYLES = 'xmp';

/** The same with nothing in it that a browser would run, load or style by itself. */
export const disarmed = (html: string): string =>
  html
    .replace(/<style\b/gi, `<${STYLES} ${PREFIX}css`)
    .replace(/<\/style\b/gi, `</${STYLES}`)
    .replace(TAG, (tag) => tag.replace(KEPT_BACK, `$1${PREFIX}$2`));

/** Shows HTML in a frame that is `sandbox="allow-same-origin"`, once it has loaded. */
export function showHtml(frame: HTMLIFrameElement, html: string): void {
  const [page, view] = [frame.contentDocument, frame.contentWindow];
  // The first effect comes before the frame has a page.
  if (!page?.body || !view) return;
  const mail = new DOMParser().parseFromString(disarmed(html), 'text/html');
  const sheets = [...mail.querySelectorAll(`[${PREFIX}css]`)];
  for (const sheet of sheets) sheet.remove();
  for (const other of mail.querySelectorAll('script, link, meta, base, iframe, object, embed')) {
    other.remove();
  }
  page.body.replaceWith(page.adoptNode(mail.body));
  for (const element of page.querySelectorAll<HTMLElement>(`[${PREFIX}style]`)) {
    element.style.cssText = element.getAttribute(`${PREFIX}style`) ?? '';
  }
  const css = sheets.map((sheet) => sheet.textContent).join('\n');
  const styles = new (view as Window & typeof globalThis).CSSStyleSheet();
  styles.replaceSync(css);
  page.adoptedStyleSheets = [styles];
  // A link would lead the frame to where the policy lets it not go.
  page.body.addEventListener('click', (event) => event.preventDefault());
}
