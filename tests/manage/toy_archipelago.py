"""Islands on several hosts, with messages that are on their way for as long as a test wants, and deaths."""

from collections import defaultdict, deque

from toy_search import journal_of, loss, managed, said

from evonas.manage.events import Dispatch, ElitesArrived, Evaluated, Record, Send, TimeIsUp, WorkerReady


class Archipelago:
    """Goes on step by step: a worker has evaluated, or a message arrives, whichever a test picks.

    Messages between two hosts keep their order, all others overtake each other.

    Args:
        make: Returns the empty ledger of an island.
        hosts: The islands of each host.
        workers: How many each host has.
        answer: The outcome of a candidate.
    """

    def __init__(self, make, hosts, workers=2, answer=loss):
        self._make, self._answer = make, answer
        self._workers = workers
        self.hosts = [list(islands) for islands in hosts]
        self.journals = {island: [] for islands in hosts for island in islands}
        self.managers = [managed(workers, *(make(island) for island in islands)) for islands in hosts]
        self.handed = []  # ids, as often as they were handed out
        self._held = [defaultdict(deque) for _ in hosts]
        self._channels = defaultdict(deque)  # (from host, to host) -> messages: elites, or what is asked for
        for host in range(len(hosts)):
            self._greet(host)

    @property
    def ledgers(self):
        """The books by island."""
        return {ledger.island: ledger for manager in self.managers for ledger in manager.ledgers}

    @property
    def digests(self):
        return {island: ledger.digest for island, ledger in sorted(self.ledgers.items())}

    @property
    def is_over(self):
        return all(manager.stopped for manager in self.managers)

    def step(self, pick):
        """Let one of ``n`` things happen, that which ``pick(n)`` tells; return whether there was any."""
        busy = [(host, worker) for host, held in enumerate(self._held) for worker in held if held[worker]]
        going = [channel for channel, messages in self._channels.items() if messages]
        if not busy + going:
            return False
        chosen = pick(len(busy) + len(going))
        if chosen < len(busy):
            host, worker = busy[chosen]
            self.tell(host, Evaluated(worker, self._answer(self._held[host][worker].popleft())))
        else:
            self._deliver(going[chosen - len(busy)])
        return True

    def run(self, pick, steps=10**6):
        """Go on until all is over, or so many steps are done."""
        while steps > 0 and not self.is_over:
            assert self.step(pick), f"everybody waits for ever: {self.managers}"
            steps -= 1
        return self

    def settle(self):
        """Let what is still on its way arrive."""
        while self.step(lambda n: 0):
            pass

    def tell(self, host, *events):
        """Tell a manager something, and do what it says."""
        commands = self.managers[host].handle(events)
        for island in self.hosts[host]:
            self.journals[island] += journal_of(said(commands, Record), island)
        for dispatch in said(commands, Dispatch):
            self._held[host][dispatch.worker].extend(dispatch.candidates)
            self.handed += [candidate.id for candidate in dispatch.candidates]
        for send in said(commands, Send):
            self._channels[host, self._host_of(send.elites.target)].append(send.elites)

    def kill(self, host, share=0.0, *, told=lambda worker: False):
        """Let a host die; another process takes its place, and its workers turn to that one.

        Args:
            host: Who dies.
            share: How much of what it sent arrives nevertheless.
            told: Which workers say to the new host what they said, or would have said, to the dead one.
        """
        for (source, target), messages in self._channels.items():
            if target == host:
                messages.clear()
            elif source == host:
                for _ in range(round((1 - share) * len(messages))):
                    messages.pop()
        held, self._held[host] = self._held[host], defaultdict(deque)
        ledgers = [self._relive(island) for island in self.hosts[host]]
        self.managers[host] = managed(self._workers)
        for ledger in ledgers:
            self.managers[host].adopt(ledger, taken_over=True)
        for ledger in ledgers:
            self._ask(host, ledger)
        for other in range(len(self.hosts)):
            for ledger in self.managers[other].ledgers if other != host else ():
                if {*ledger.exchange.sources} & {*self.hosts[host]}:
                    self._channels["news", other].append("a host died")
        for worker, candidates in held.items():
            if candidates and told(worker):
                self.tell(host, Evaluated(worker, self._answer(candidates[0])))
        self._greet(host)

    def pause(self, pick):
        """Let the time of a session be up on all hosts, and what runs be finished."""
        for host in range(len(self.hosts)):
            self.tell(host, TimeIsUp("enough"))
        return self.run(pick)

    def resumed(self, **changes):
        """Return the next session, on the same journals."""
        make = changes.get("make", self._make)
        again = Archipelago(make, [[] for _ in self.hosts], self._workers, self._answer)
        again.hosts, again.journals = self.hosts, {name: [*told] for name, told in self.journals.items()}
        for host, islands in enumerate(again.hosts):
            again.managers[host] = managed(self._workers, *(again._relive(island) for island in islands))
        for host, manager in enumerate(again.managers):
            for ledger in manager.ledgers:
                again._ask(host, ledger)
            again._greet(host)
        return again

    def _relive(self, island):
        ledger = self._make(island)
        ledger.replay(self.journals[island])
        return ledger

    def _greet(self, host):
        for worker in range(self._workers):
            self.tell(host, WorkerReady(worker))

    def _host_of(self, island):
        return next(host for host, islands in enumerate(self.hosts) if island in islands)

    def _ask(self, host, ledger):
        """As the driver does: ask the neighbours for what somebody dead may have been sent, or have sent."""
        if ledger.exchange.in_step:
            for source in ledger.exchange.sources:
                want = (source, ledger.island, ledger.exchange.wanted(source))
                self._channels[host, self._host_of(source)].append(want)

    def _deliver(self, channel):
        message = self._channels[channel].popleft()
        host = channel[1]
        if isinstance(message, str):
            for ledger in self.managers[host].ledgers:
                self._ask(host, ledger)
        elif isinstance(message, tuple):
            source, target, epoch = message
            for elites in self.ledgers[source].exchange.sent_since(target, epoch):
                self._channels[host, self._host_of(target)].append(elites)
        else:
            self.tell(host, ElitesArrived(message))
