/** The member and the months that a page shows, as its address has them. */
export interface Shown {
  member: string;
  from: string;
  to: string;
}
