// Runs before the first paint, and whatever else is missing.

// A chosen theme does not come as a flash.
try {
  const theme = localStorage.getItem('sluice.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}

// If the files that draw the console cannot be loaded, the page says so instead of staying blank.
for (const event of ['error', 'unhandledrejection']) {
  addEventListener(
    event,
    () => {
      const failed = document.getElementById('failed');
      if (!failed) return;
      for (const link of failed.querySelectorAll('a'))
        link.href = location.pathname + location.search;
      failed.hidden = false;
    },
    true,
  );
}
