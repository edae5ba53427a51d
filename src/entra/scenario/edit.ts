import { locate } from '../directory/locate.ts'
import * as edits from '../directory-edits.ts'
import type { SourceDirectory } from '../source-directory.ts'
import type { Edit } from './scenario.ts'

/** What a step makes of the directory. */
export function edited(directory: SourceDirectory, edit: Edit, now: number): SourceDirectory {
  switch (edit.do) {
    case 'disable':
      return edits.disable(directory, edit.who)
    case 'enable':
      return edits.enable(directory, edit.who)
    case 'delete':
      return deleted(directory, edit.who, now)
    case 'purge':
      return edits.hardDelete(directory, edit.who)
    case 'restore':
      return edits.restore(directory, edit.who)
    case 'assign':
      return edits.assign(directory, edit.who, edit.role)
    case 'unassign':
      return edits.unassign(directory, edit.who)
    case 'change':
      return edits.changeAttributes(directory, edit.who, edit.attributes)
    case 'addUser':
      return edits.addUser(directory, edit.user)
    case 'addGroup':
      return edits.addGroup(directory, edit.group)
    case 'addMember':
      return edits.addMember(directory, edit.group, edit.who)
    case 'removeMember':
      return edits.removeMember(directory, edit.group, edit.who)
    case 'setManager':
      return edits.setManager(directory, edit.who, edit.manager)
  }
}

/** Users go to the recycle bin, security groups don't. */
const deleted = (directory: SourceDirectory, name: string, now: number): SourceDirectory =>
  locate(directory, name).kind === 'user'
    ? edits.softDelete(directory, name, now)
    : edits.deleteGroup(directory, name)
