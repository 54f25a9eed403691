// Loaded before the page is drawn, so that a chosen theme never flashes in the wrong colours.
try {
  const theme = localStorage.getItem('todos-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden; then the system's preference holds.
}
