using System.Collections.Immutable;
using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Replication;

/// <content>What people configure, and who changed what.</content>
internal sealed partial class BrokerState
{
    /// <summary>What people configure.</summary>
    public RegistryTable Registry => context.Registry;

    /// <summary>Who changed what.</summary>
    public AuditTable Audit { get; } = new();

    internal RegistryOutcome Apply(ChangeRegistry command, long nowMs)
    {
        RegistryOutcome outcome = Registry.Apply(command.Changes, command.Conditions);
        if (!outcome.Done)
        {
            return outcome;
        }

        foreach (RegistryChange change in command.Changes)
        {
            if (change.Content is { } content)
            {
                _value.Begin().Byte(RecordVersion).Number(outcome.Version).Bytes(content.Span);
                _changes.Put(RegistryKey(change.Collection, change.Key), _value.Written);
            }
            else
            {
                _changes.Delete(RegistryKey(change.Collection, change.Key));
            }
        }

        foreach (RegistryCollection collection in command.Changes.Select(change => change.Collection).Distinct())
        {
            // Removals raise it too: no version may come again.
            _changes.Put([StateKey.Registry, (byte)collection], _value.Begin().Number(outcome.Version).Written);
        }

        foreach (RegistryChange change in command.Changes.Where(change => change.Collection == RegistryCollection.SharedGroups))
        {
            if (FindGroup(change.Key) is { } group)
            {
                Review(group);
            }
        }

        if (command.Note is { } note)
        {
            Add(note, nowMs);
        }

        Require(Durability.QuorumFsync);
        return outcome;
    }

    internal bool Apply(NoteAudit command, long nowMs)
    {
        Add(command.Note, nowMs);
        Require(Durability.QuorumFsync);
        return true;
    }

    private void Add(AuditNote note, long nowMs)
    {
        AuditEntry entry = Audit.Add(note, nowMs);
        Write(_value.Begin(), entry);
        _changes.Put(_key.Begin().Byte(StateKey.Audit).Number(entry.Number).Written, _value.Written);
        foreach (AuditEntry old in Audit.Trim(note.MaximumEntries, nowMs - note.MaximumAgeMs))
        {
            _changes.Delete(_key.Begin().Byte(StateKey.Audit).Number(old.Number).Written);
        }
    }

    private static void Write(RecordWriter writer, AuditEntry entry) =>
        writer.Byte(RecordVersion).Number(entry.At.ToUnixTimeMilliseconds()).Text(entry.Caller).Text(entry.Address ?? "").Text(entry.Action).Text(entry.Target)
            .Text(entry.Before ?? "").Text(entry.After ?? "");

    private static AuditEntry ReadAudit(ref RecordReader key, ReadOnlySpan<byte> value)
    {
        long number = key.Number();
        var record = new RecordReader(value);
        CheckVersion(ref record);
        return new AuditEntry(
            number,
            DateTimeOffset.FromUnixTimeMilliseconds(record.Number()),
            record.Text(),
            OrNull(record.Text()),
            record.Text(),
            record.Text(),
            OrNull(record.Text()),
            OrNull(record.Text()));
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    /// <summary>Reads both; who reads the registry meanwhile has what there was.</summary>
    private void LoadRegistry(StateDatabase database)
    {
        var versions = new Dictionary<RegistryCollection, long>();
        var entries = new Dictionary<RegistryCollection, List<RegistryEntry>>();
        var audit = new List<AuditEntry>();
        Read(database, StateKey.Registry, (ref RecordReader key, ReadOnlySpan<byte> value) =>
        {
            var collection = (RegistryCollection)key.Byte();
            var record = new RecordReader(value);
            if (key.IsAtEnd)
            {
                versions[collection] = record.Number();
                return;
            }

            CheckVersion(ref record);
            if (!entries.TryGetValue(collection, out List<RegistryEntry>? list))
            {
                entries[collection] = list = [];
            }

            list.Add(new RegistryEntry(key.Part(), record.Number(), record.Bytes()));
        });
        Read(database, StateKey.Audit, (ref RecordReader key, ReadOnlySpan<byte> value) => audit.Add(ReadAudit(ref key, value)));
        Audit.Replace(audit);
        Registry.Replace(versions.ToImmutableDictionary(
            version => version.Key,
            version => RegistrySnapshot.Of(version.Value, entries.GetValueOrDefault(version.Key) ?? [])));
    }

    private ReadOnlySpan<byte> RegistryKey(RegistryCollection collection, string key) =>
        _key.Begin().Byte(StateKey.Registry).Byte((byte)collection).Part(key).Written;
}
