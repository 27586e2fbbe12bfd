// Sells as fast as the screens go, by pressing their buttons. Each of `sales` is {phone or null, product}; `told(key)` hears of each
// sale as soon as the screen says that it is kept or booked.
async (sales) => {
  const until = async (find, what) => {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const found = find();
      if (found) return found;
      if (performance.now() > deadline) throw new Error(`no ${what} on the screen: ${document.body.innerText}`);
      await new Promise((done) => setTimeout(done, 2));
    }
  };
  const named = (name) => [...document.querySelectorAll("main button, main a")].find((each) => !each.disabled && name.test(each.textContent.trim()));
  const press = async (name) => (await until(() => named(name), name)).click();

  for (const { phone, product } of sales) {
    await until(() => document.getElementById("phone"), "field for the number");
    if (phone) {
      for (const digit of phone) await press(new RegExp(`^${digit}$`));
      await press(/^Sell$/);
    } else {
      await press(/^Walk-in$/);
    }
    await press(new RegExp(`^${product}`));
    await press(/^Pay /);
    (await until(() => document.querySelector(".tenders button"), "tender")).click();
    await until(() => /kept on this tablet|^Order /.test(document.querySelector(".done h1")?.textContent), "outcome");
    window.told?.(location.hash.replace("#/done/", ""));
    await press(/^Next customer$/);
  }
}
