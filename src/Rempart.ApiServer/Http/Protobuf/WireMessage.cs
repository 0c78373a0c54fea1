using System.Collections.Frozen;

namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>A protobuf message as a table of its fields.</summary>
internal sealed class WireMessage(params WireField[] fields)
{
    private readonly FrozenDictionary<int, WireField> _fields = fields.ToFrozenDictionary(f => f.Number);

    public WireField? Find(int number) => _fields.GetValueOrDefault(number);
}
