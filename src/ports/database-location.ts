/** Bytes. PostgreSQL cuts longer names off. */
const maxNameLength = 63

/** Why a text cannot name the schema of the tables, as the end of a sentence; undefined if it can. */
export function schemaProblem(name: string): string | undefined {
  if (!/^[^\0"]+$/.test(name) || !name.isWellFormed() || Buffer.byteLength(name) > maxNameLength) {
    return `must have 1 to ${maxNameLength} bytes, none of them a double quote`
  }
  // In a search path, it stands for the schema with the name of the role.
  if (name === '$user') return 'must be the name of a schema; "$user" is a placeholder in search paths'
  if (name.startsWith('pg_') || name === 'information_schema') {
    return `must not be "${name}": PostgreSQL reserves information_schema and names that begin with pg_`
  }
  return undefined
}
