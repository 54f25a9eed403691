/** Where a project keeps its configuration, migrations and functions. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from './failure.ts'

/** As Supabase's CLI names the folder, or under our own name. */
const folderNames = ['supabase', 'plinth'] as const

/** `<project>/supabase`, or `<project>/plinth` where only that is there. Rejects with `project_missing`. */
export async function projectFolder(project: string): Promise<string> {
  if (!(await isFolder(project))) throw new Failure('project_missing', { folder: project })
  for (const name of folderNames) {
    if (await isFolder(path.join(project, name))) return path.join(project, name)
  }
  return path.join(project, folderNames[0])
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
