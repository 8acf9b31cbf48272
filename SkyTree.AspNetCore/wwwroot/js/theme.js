// Before anything is drawn: dark or light, as chosen in this browser or as its system has it. The cookie tells the server
// what the next page begins with.
(() => {
  const key = 'skytree.theme';
  const system = matchMedia('(prefers-color-scheme: dark)');

  function choice() {
    try {
      const stored = localStorage.getItem(key);
      return stored === 'light' || stored === 'dark' ? stored : 'system';
    } catch {
      return 'system'; // a browser that keeps nothing
    }
  }

  function apply() {
    const dark = choice() === 'dark' || (choice() === 'system' && system.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    document.cookie = `skytree-theme=${dark ? 'dark' : 'light'}; path=/; max-age=31536000; samesite=lax`;
    document.dispatchEvent(new CustomEvent('skytree-theme', { detail: dark }));
    return dark;
  }

  globalThis.skyTreeTheme = {
    state: () => ({ choice: choice(), dark: apply() }),
    choose(value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        // Then it lasts as long as the page.
      }
      return { choice: value, dark: apply() };
    },
  };
  system.addEventListener('change', apply);
  apply();
})();
