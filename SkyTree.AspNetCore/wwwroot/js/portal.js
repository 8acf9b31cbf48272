// What the portal's pages ask of the browser.

/** The theme's choice and whether it is dark now. */
export const theme = () => globalThis.skyTreeTheme.state();

/** Chooses 'light', 'dark' or 'system'. */
export const chooseTheme = value => globalThis.skyTreeTheme.choose(value);

/** Tells the layout when the system turns dark or light. */
export function watchTheme(layout) {
  const tell = event => layout.invokeMethodAsync('OnThemeChanged', event.detail).catch(() => {});
  document.addEventListener('skytree-theme', tell);
  return { stop: () => document.removeEventListener('skytree-theme', tell) };
}

/** Copies a text; false: the browser does not allow it here. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Offers a stream of the server's as a file. */
export async function download(name, type, stream) {
  const blob = new Blob([await stream.arrayBuffer()], { type });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What this browser keeps under a name; null: nothing. */
export function recall(name) {
  try {
    return localStorage.getItem(`skytree.${name}`);
  } catch {
    return null;
  }
}

/** Keeps a text under a name in this browser; null forgets it. */
export function remember(name, text) {
  try {
    if (text === null) {
      localStorage.removeItem(`skytree.${name}`);
    } else {
      localStorage.setItem(`skytree.${name}`, text);
    }
  } catch {
    // Nothing is lost but a preference.
  }
}

/** Sends a form, as its button would. */
export const submit = form => form.requestSubmit();
