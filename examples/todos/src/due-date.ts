/** Calendar days in the user's time zone, as `YYYY-MM-DD`. */

const dayMs = 86_400_000

/** The day that `date` falls on here. */
export function localDay(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** `Today`, `Tomorrow`, `2 days late` or `Mon, 23 Nov`; with the year when it is not this one. */
export function dueText(day: string, today: string): string {
  const distance = daysBetween(today, day)
  if (distance === 0) return 'Today'
  if (distance === 1) return 'Tomorrow'
  if (distance < 0) return distance === -1 ? '1 day late' : `${-distance} days late`
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric'
  return format(day, { weekday: 'short', day: 'numeric', month: 'short', ...(year && { year }) })
}

/** `Friday, 20 November`. */
export function longDay(day: string): string {
  return format(day, { weekday: 'long', day: 'numeric', month: 'long' })
}

function pad(part: number): string {
  return String(part).padStart(2, '0')
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}

// The day is read as UTC and written as UTC, so that no time zone can move it.
function format(day: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(new Date(day))
}
