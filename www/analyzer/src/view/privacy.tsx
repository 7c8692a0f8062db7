/** What becomes of a message, said before it is given. */
export function Privacy() {
  return (
    <section class="promise" aria-labelledby="promise-heading">
      <h2 id="promise-heading" class="visually-hidden">
        Your message stays with you
      </h2>
      <ul>
        <li>
          <strong>Your message stays here.</strong> It is read and checked in this page. Nothing of it is sent
          or kept.
        </li>
        <li>
          <strong>One kind of question, if you allow it.</strong> Keys stand in the DNS under names like{" "}
          <code>selector._domainkey.example.com</code>. Such names are all that is ever asked for, of the
          server that you choose.
        </li>
        <li>
          <strong>Nobody is asked until you say so.</strong> Without a network you can paste a key record or
          load a key file.
        </li>
      </ul>
    </section>
  );
}
