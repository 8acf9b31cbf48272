// The buttons of the notice that is shown while the connection to the broker is away; the framework shows and hides it.
(() => {
  const notice = document.getElementById('components-reconnect-modal');
  notice?.querySelector('[data-action=retry]')?.addEventListener('click', async () => {
    try {
      if (!await Blazor.reconnect()) {
        location.reload();
      }
    } catch {
      location.reload();
    }
  });
  notice?.querySelector('[data-action=reload]')?.addEventListener('click', () => location.reload());

  // A broker that was restarted does not know the page's circuit: load the page anew as soon as it answers.
  notice?.addEventListener('components-reconnect-state-changed', event => {
    if (event.detail.state === 'rejected') {
      location.reload();
    }
  });
})();
