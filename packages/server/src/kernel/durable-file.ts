/** Files that hold either their old or their new contents, whatever crashes in between. */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces `file` (mode 0600). When this resolves, the new contents survive a power cut. One writer at a time. */
export async function writeDurably(file: string, contents: string): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(contents)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
  await syncFolder(dirname(file))
}

/** Makes renames in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
