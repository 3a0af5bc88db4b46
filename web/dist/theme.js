// Before the first paint, so that a chosen theme does not come as a flash.
try {
  const theme = localStorage.getItem('sluice.theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
