/** Where the tables of a snapshot are: the schema of an attached database, and what names begin with there. */
export type Place = { readonly schema: string; readonly prefix: string }

/** The name of a snapshot's table for a statement. Neither part comes from a client. */
export const tableAt = ({ schema, prefix }: Place, table: string): string => `${schema}."${prefix}${table}"`

/** Where snapshots are kept. One thing at a time: whoever uses it has to take turns. */
export interface Shelf {
  ids(): readonly string[]
  bytes(id: string): number
  /** Keeps what `fill` writes, as a whole or not at all. Outside of any transaction. */
  put(id: string, fill: (place: Place) => void): void
  /** Gives the use of a snapshot, also over a write. Throws when there is none. */
  use<Result>(id: string, use: (place: Place) => Result | Promise<Result>): Promise<Result>
  remove(id: string): void
}
