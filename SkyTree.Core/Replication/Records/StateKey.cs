namespace SkyTree.Core.Replication.Records;

/// <summary>The first byte of the state's keys: what a record is about.</summary>
internal static class StateKey
{
    /// <summary>The version of this layout.</summary>
    public const byte Layout = (byte)'V';

    /// <summary>Which store holds the messages, and whether they are on their way to another.</summary>
    public const byte Store = (byte)'M';

    /// <summary>The time of a late command, and the highest epoch then.</summary>
    public const byte Time = (byte)'T';

    /// <summary>Client identifier: the session.</summary>
    public const byte Session = (byte)'S';

    /// <summary>Client identifier: up to where it has acknowledged the log.</summary>
    public const byte Cursor = (byte)'C';

    /// <summary>Client identifier, filter, first offset: a version of a subscription.</summary>
    public const byte Subscription = (byte)'F';

    /// <summary>Client identifier, packet identifier: a QoS 2 publish that waits for PUBREL.</summary>
    public const byte Received = (byte)'P';

    /// <summary>Client identifier, packet identifier: a QoS 2 message on its way to the client.</summary>
    public const byte Outgoing = (byte)'O';

    /// <summary>Client identifier, offset: a QoS 2 message above the cursor that the client has.</summary>
    public const byte Handled = (byte)'H';

    /// <summary>Client identifier, topic: a retained QoS 2 message that the client has, while others of the subscription are on their way.</summary>
    public const byte RetainedDone = (byte)'N';

    /// <summary>Client identifier, offset: from there on the session does not get what it was too full for.</summary>
    public const byte Dropped = (byte)'D';

    /// <summary>Client identifier, number: one of the latest drops.</summary>
    public const byte Drop = (byte)'d';

    /// <summary>Topic: its retained message.</summary>
    public const byte Retained = (byte)'R';

    /// <summary>Shared filter: up to where the group's members have acknowledged the log.</summary>
    public const byte GroupCursor = (byte)'G';

    /// <summary>Shared filter, offset: a QoS 2 message above the group's cursor that a member has.</summary>
    public const byte GroupHandled = (byte)'g';

    /// <summary>Client identifier, number: a replay of stored messages.</summary>
    public const byte Replay = (byte)'Y';

    /// <summary>Client identifier, number, offset: a QoS 2 message above the replay's cursor that the client has.</summary>
    public const byte ReplayHandled = (byte)'y';

    /// <summary>The index of the last log entry that was applied.</summary>
    public const byte Applied = (byte)'A';

    /// <summary>Node: its latest process, and how many of that one's proposals were applied.</summary>
    public const byte Node = (byte)'n';

    /// <summary>Collection, key: what people configure; without a key, the collection's version.</summary>
    public const byte Registry = (byte)'c';

    /// <summary>Number: an entry of the audit log.</summary>
    public const byte Audit = (byte)'a';

    /// <summary>Number: a Will that is to be sent.</summary>
    public const byte DueWill = (byte)'W';

    /// <summary>In a cluster: up to where the external store has every message.</summary>
    public const byte Stored = (byte)'U';
}
