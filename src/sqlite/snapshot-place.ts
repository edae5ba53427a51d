/** The location of a snapshot's tables: the schema of an attached database, and a prefix of their names. */
export type SnapshotPlace = { readonly schema: string; readonly prefix: string }

/** The name of a snapshot's table in SQL. Neither part comes from a client. */
export const qualifiedTable = ({ schema, prefix }: SnapshotPlace, table: string): string =>
  `${schema}."${prefix}${table}"`
