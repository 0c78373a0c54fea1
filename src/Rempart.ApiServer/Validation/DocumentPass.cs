using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>One pass of <see cref="DocumentDecoder"/> over a document.</summary>
internal ref struct DocumentPass
{
    private const int MostProblems = 64;

    private readonly Utf8JsonWriter _writer;
    private readonly FieldValidation _validation;
    private readonly DocumentPath _path = new();
    private readonly List<StatusCause> _strict = [];
    private readonly List<string> _strictSentences = [];
    private readonly List<StatusCause> _wrong = [];
    private readonly List<string> _warnings = [];
    private Utf8JsonReader _reader;

    public DocumentPass(ReadOnlySpan<byte> json, Utf8JsonWriter writer, FieldValidation validation)
    {
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ApiJson.MaxObjectDepth });
        _writer = writer;
        _validation = validation;
        if (!Utf8.IsValid(json)) throw ApiException.Failure(400, StatusReason.BadRequest, "the body is not valid UTF-8");
    }

    /// <summary>Depth that the reader stands in; a start counts as inside.</summary>
    public readonly int Depth => _reader.CurrentDepth + (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0);

    /// <summary>One sentence for each dropped field.</summary>
    public readonly IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Required fields that are missing.</summary>
    public FieldErrors Missing { get; } = new();

    /// <summary>Reads the whole document.</summary>
    public void Run(Schema schema)
    {
        _reader.Read();
        Value(schema);
        while (_reader.Read())
        {
            // Anything behind the document makes the reader throw.
        }
    }

    /// <summary>Ends the request when the document does not follow its schema.</summary>
    public readonly void ThrowIfWrong(Schema schema)
    {
        if (_strict.Count == 0 && _wrong.Count == 0) return;
        List<string> parts = [.. _wrong.Select(c => $"{c.Field}: {c.Message}")];
        if (_strict.Count > 0) parts.Add($"strict decoding error: {string.Join(", ", _strictSentences)}");
        var (kind, version) = (schema.Kind?.Kind ?? schema.Name?.Split('.')[^1] ?? "object", schema.Kind?.Version ?? "v1");
        throw ApiException.Failure(400, StatusReason.BadRequest, $"{kind} in version \"{version}\" cannot be handled as a {kind}: {string.Join("; ", parts)}",
            new StatusDetails { Kind = kind, Group = schema.Kind is { Group.Length: > 0 } known ? known.Group : null, Causes = [.. _wrong, .. _strict] });
    }

    private void Value(Schema schema)
    {
        switch (schema.Type)
        {
            case SchemaType.Any: Copy(); break;
            case SchemaType.Object when _reader.TokenType == JsonTokenType.StartObject: Object(schema); break;
            case SchemaType.Map when _reader.TokenType == JsonTokenType.StartObject: Map(schema.Items!); break;
            case SchemaType.Array when _reader.TokenType == JsonTokenType.StartArray: Array(schema.Items!); break;
            case SchemaType.Object or SchemaType.Map: Wrong("an object"); break;
            case SchemaType.Array: Wrong("a list"); break;
            default:
                if (ScalarRules.Write(ref _reader, _writer, schema.Type) is { } expected) Wrong(expected);
                break;
        }
    }

    private void Object(Schema schema)
    {
        _writer.WriteStartObject();
        var root = _path.Length == 0 ? schema.Kind : null;
        if (root is not null)
        {
            _writer.WriteString("apiVersion", root.ApiVersion);
            _writer.WriteString("kind", root.Kind);
        }

        var seen = new HashSet<string>();
        while (Next(out var name))
        {
            _path.Push(name);
            if (!seen.Add(name)) Duplicate();
            else if (!schema.Fields.TryGetValue(name, out var field)) Unknown(schema, name);
            else if (_reader.TokenType == JsonTokenType.Null) seen.Remove(name);
            else if (root is not null && name is ("apiVersion" or "kind")) Identity(root, name);
            else
            {
                _writer.WritePropertyName(name);
                Value(field.Schema);
            }

            _path.Pop();
        }

        foreach (var field in schema.Fields.Values)
        {
            if (!field.Required || seen.Contains(field.Name)) continue;
            _path.Push(field.Name);
            Missing.Required(_path.ToString());
            _path.Pop();
        }

        _writer.WriteEndObject();
    }

    private void Map(Schema items)
    {
        _writer.WriteStartObject();
        var seen = new HashSet<string>();
        while (Next(out var name))
        {
            _path.Push(name);
            if (!seen.Add(name)) Duplicate();
            else if (_reader.TokenType != JsonTokenType.Null)
            {
                _writer.WritePropertyName(name);
                Value(items);
            }

            _path.Pop();
        }

        _writer.WriteEndObject();
    }

    private void Array(Schema items)
    {
        _writer.WriteStartArray();
        for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
        {
            _path.Push(i);
            Value(items);
            _path.Pop();
        }

        _writer.WriteEndArray();
    }

    /// <summary>Copies a value that has no rules; duplicates are refused there too.</summary>
    private void Copy()
    {
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _writer.WriteStartObject();
                var seen = new HashSet<string>();
                while (Next(out var name))
                {
                    _path.Push(name);
                    if (seen.Add(name))
                    {
                        _writer.WritePropertyName(name);
                        Copy();
                    }
                    else
                    {
                        Duplicate();
                    }

                    _path.Pop();
                }

                _writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                _writer.WriteStartArray();
                for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    _path.Push(i);
                    Copy();
                    _path.Pop();
                }

                _writer.WriteEndArray();
                break;
            default:
                if (ScalarRules.Write(ref _reader, _writer, SchemaType.Any) is { } expected) Wrong(expected);
                break;
        }
    }

    /// <summary>Moves to the next field's value; false at the end of the object.</summary>
    private bool Next(out string name)
    {
        name = "";
        if (!_reader.Read() || _reader.TokenType == JsonTokenType.EndObject) return false;
        if (!ScalarRules.TryText(ref _reader, out name!))
        {
            name = "?";
            _path.Push(name);
            Add(_wrong, "FieldValueInvalid", "Invalid value: the name holds half of a surrogate pair");
            _path.Pop();
        }

        _reader.Read();
        return true;
    }

    /// <summary>The document says which kind it is: it must be the one of the path.</summary>
    private void Identity(KindInfo root, string name)
    {
        var expected = name == "kind" ? root.Kind : root.ApiVersion;
        if (_reader.TokenType == JsonTokenType.String && ScalarRules.TryText(ref _reader, out var text) && text == expected) return;
        var given = Shown();
        _reader.Skip();
        throw ApiException.Failure(400, StatusReason.BadRequest, name == "kind"
            ? $"the kind in the data ({given.Trim('"')}) does not match the expected kind ({expected})"
            : $"the API version in the data ({given.Trim('"')}) does not match the expected API version ({expected})");
    }

    private void Unknown(Schema schema, string name)
    {
        if (_validation == FieldValidation.Strict)
        {
            // A guess costs more than the field: none is made for those that are not told.
            var near = _strictSentences.Count < MostProblems ? NearestName.Of(name, schema.Fields.Keys) : null;
            Strict("FieldValueInvalid", "unknown field", near is null ? "" : $" (did you mean \"{near}\"?)");
            return;
        }

        if (_validation == FieldValidation.Warn && _warnings.Count < MostProblems) _warnings.Add($"unknown field \"{_path}\"");
        _reader.Skip();
    }

    private void Duplicate() => Strict("FieldValueDuplicate", "duplicate field", "");

    private void Strict(string reason, string message, string hint)
    {
        Add(_strict, reason, message + hint);
        if (_strictSentences.Count < MostProblems) _strictSentences.Add($"{message} \"{_path}\"{hint}");
        _reader.Skip();
    }

    private void Wrong(string expected)
    {
        Add(_wrong, "FieldValueTypeInvalid", string.Create(CultureInfo.InvariantCulture, $"Invalid value: {Shown()}: must be {expected}"));
        _reader.Skip();
        _writer.WriteNullValue();
    }

    private readonly string Shown() => _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"\"{Encoding.UTF8.GetString(_reader.ValueSpan[..Math.Min(_reader.ValueSpan.Length, 128)])}\"",
        JsonTokenType.Number => Encoding.UTF8.GetString(_reader.ValueSpan[..Math.Min(_reader.ValueSpan.Length, 128)]),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private readonly void Add(List<StatusCause> problems, string reason, string message)
    {
        if (problems.Count < MostProblems) problems.Add(new StatusCause { Reason = reason, Field = _path.ToString(), Message = message });
    }
}
